/** The packaged program on real ZFS, used as an administrator uses it. */
@NullMarked
package io.zrepl.endtoend;

import org.jspecify.annotations.NullMarked;
