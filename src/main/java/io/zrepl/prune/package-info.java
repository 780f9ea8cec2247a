/** Which snapshots are kept, and the destruction of the others. */
@NullMarked
package io.zrepl.prune;

import org.jspecify.annotations.NullMarked;
