/** Life cycle of the daemon, control server, supervision of jobs. */
@NullMarked
package io.zrepl.daemon;

import org.jspecify.annotations.NullMarked;
