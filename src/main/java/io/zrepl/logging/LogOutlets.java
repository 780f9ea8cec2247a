package io.zrepl.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.Map;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Brings the log of the program to the outlets of the configuration. Used by the daemon only. */
public final class LogOutlets {
  private LogOutlets() {}

  /**
   * Sends all further log lines to the outlets, those of libraries from warnings on.
   *
   * @param environment the process environment; {@code NO_COLOR} and {@code TERM=dumb} switch
   *     colours off
   * @param stdout where the outlet {@code stdout} writes
   */
  public static void install(
      LoggingSettings settings, Map<String, String> environment, OutputStream stdout) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    // It tells of each connection that breaks with a stack trace, so that a client could fill the
    // log. What matters to an administrator, rpc tells in one line.
    context.getLogger("io.grpc").setLevel(Level.ERROR);
    Level lowest =
        settings.outlets().stream()
            .map(outlet -> levelOf(outlet.level()))
            .min(Comparator.comparingInt(Level::toInt))
            .orElse(Level.OFF);
    context.getLogger("io.zrepl").setLevel(lowest);
    for (OutletSettings outlet : settings.outlets()) {
      root.addAppender(
          switch (outlet) {
            case OutletSettings.Stdout console ->
                stdoutAppender(context, console, environment, stdout);
            case OutletSettings.Syslog _, OutletSettings.Tcp _ ->
                throw new IllegalArgumentException("no such outlet yet");
          });
    }
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  private static OutputStreamAppender<ILoggingEvent> stdoutAppender(
      LoggerContext context,
      OutletSettings.Stdout outlet,
      Map<String, String> environment,
      OutputStream stdout) {
    boolean terminal = isTerminal();
    boolean colorsWanted =
        !environment.containsKey("NO_COLOR") && !"dumb".equals(environment.get("TERM"));
    HumanEncoder encoder =
        new HumanEncoder(
            outlet.time() || terminal,
            outlet.color() && terminal && colorsWanted,
            ZoneId.systemDefault());
    encoder.setContext(context);
    encoder.start();
    ThresholdFilter threshold = new ThresholdFilter();
    threshold.setContext(context);
    threshold.setLevel(levelOf(outlet.level()).toString());
    threshold.start();
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    appender.setName("stdout");
    appender.setEncoder(encoder);
    appender.setImmediateFlush(true);
    appender.addFilter(threshold);
    appender.setOutputStream(stdout);
    appender.start();
    return appender;
  }

  /**
   * Whether the standard output is a terminal. Asks the kernel for the name of the open file:
   * {@code System.console()} would load a terminal library for the answer.
   */
  private static boolean isTerminal() {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
      return target.startsWith("/dev/pts")
          || target.startsWith("/dev/console")
          || target.toString().startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private static Level levelOf(LogLevel level) {
    return switch (level) {
      case DEBUG -> Level.DEBUG;
      case INFO -> Level.INFO;
      case WARN -> Level.WARN;
      case ERROR -> Level.ERROR;
    };
  }
}
