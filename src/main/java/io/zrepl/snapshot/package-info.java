/** Taking snapshots: schedules and names. */
@NullMarked
package io.zrepl.snapshot;

import org.jspecify.annotations.NullMarked;
