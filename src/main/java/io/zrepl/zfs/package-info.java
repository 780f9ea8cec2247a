/** The only place that starts {@code zfs} and {@code zpool}: commands, parsers, errors, pipes. */
@NullMarked
package io.zrepl.zfs;

import org.jspecify.annotations.NullMarked;
