/** Who works on which dataset of this machine, within the process and between processes. */
@NullMarked
package io.zrepl.zfs.lock;

import org.jspecify.annotations.NullMarked;
