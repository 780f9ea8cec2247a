/** The control socket: its JSON, its client, and the text of the status. */
@NullMarked
package io.zrepl.control;

import org.jspecify.annotations.NullMarked;
