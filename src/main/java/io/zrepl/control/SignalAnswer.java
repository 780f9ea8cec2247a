package io.zrepl.control;

/**
 * What became of a {@link SignalRequest}.
 *
 * @param message for the user; empty if there is nothing to tell, as always with Go zrepl
 */
public record SignalAnswer(String message) {}
