package io.zrepl.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Keeps the log silent until {@link LogOutlets#install} knows where lines go. Found by Logback as a
 * service; without it Logback would look for configuration files and print everything.
 */
public final class SilentUntilInstalled extends ContextAwareBase implements Configurator {

  /** Called by Logback once. */
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
