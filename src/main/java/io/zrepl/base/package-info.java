/**
 * Mechanisms without a domain word: invalid values, durations, task groups, progress marks and who
 * watches them.
 */
@NullMarked
package io.zrepl.base;

import org.jspecify.annotations.NullMarked;
