/** The manual in {@code docs/}, as a site and as a promise. */
@NullMarked
package io.zrepl.manual;

import org.jspecify.annotations.NullMarked;
