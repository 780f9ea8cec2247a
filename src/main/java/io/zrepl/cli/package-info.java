/** The command line: one command per class. */
@NullMarked
package io.zrepl.cli;

import org.jspecify.annotations.NullMarked;
