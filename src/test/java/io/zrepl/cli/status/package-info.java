/** Tests of the full-screen status. */
@NullMarked
package io.zrepl.cli.status;

import org.jspecify.annotations.NullMarked;
