/**
 * Mechanisms without a domain word: invalid values, durations, sizes, task groups, bandwidth,
 * progress marks and who watches them.
 */
@NullMarked
package io.zrepl.base;

import org.jspecify.annotations.NullMarked;
