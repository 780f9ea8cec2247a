/** Mechanisms without a domain word: invalid values, durations, sizes, task groups, bandwidth. */
@NullMarked
package io.zrepl.base;

import org.jspecify.annotations.NullMarked;
