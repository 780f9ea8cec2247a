/** Log outlets and encoders. */
@NullMarked
package io.zrepl.logging;

import org.jspecify.annotations.NullMarked;
