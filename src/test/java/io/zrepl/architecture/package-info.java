/** Rules about the code itself. */
@NullMarked
package io.zrepl.architecture;

import org.jspecify.annotations.NullMarked;
