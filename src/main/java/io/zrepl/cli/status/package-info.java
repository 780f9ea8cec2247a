/**
 * The full-screen status: a pure model from keys and answers of the daemon to a screen of cells,
 * and a thin shell around it for the terminal.
 */
@NullMarked
package io.zrepl.cli.status;

import org.jspecify.annotations.NullMarked;
