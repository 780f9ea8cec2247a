/** The command line: one picocli command per class. */
@NullMarked
package io.zrepl.cli;

import org.jspecify.annotations.NullMarked;
