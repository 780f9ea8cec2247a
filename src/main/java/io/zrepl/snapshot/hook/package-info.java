/** What happens around the snapshot of a filesystem: programs, and databases held still. */
@NullMarked
package io.zrepl.snapshot.hook;

import org.jspecify.annotations.NullMarked;
