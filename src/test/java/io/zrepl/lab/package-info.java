/** Real ZFS for tests: a guest per OpenZFS series, fresh pools per test. */
@NullMarked
package io.zrepl.lab;

import org.jspecify.annotations.NullMarked;
