/** Jobs: what wakes them, and what one invocation does. */
@NullMarked
package io.zrepl.job;

import org.jspecify.annotations.NullMarked;
