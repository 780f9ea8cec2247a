/** Mechanisms without a domain word: invalid values, durations, task groups. */
@NullMarked
package io.zrepl.base;

import org.jspecify.annotations.NullMarked;
