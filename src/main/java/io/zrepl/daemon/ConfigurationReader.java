package io.zrepl.daemon;

import io.zrepl.config.Configuration;

/** Reads the configuration again. May be called by any thread. */
@FunctionalInterface
public interface ConfigurationReader {

  /** The configuration cannot be used. The message has all problems with their places. */
  final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message all problems, for the administrator
     * @param cause the underlying failure
     */
    public UnusableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Reads it.
   *
   * @throws UnusableException if it is not valid, or asks for what this version cannot do
   */
  Configuration read() throws UnusableException;
}
