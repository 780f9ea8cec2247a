/** Metrics, and their way out of the program. */
@NullMarked
package io.zrepl.monitoring;

import org.jspecify.annotations.NullMarked;
