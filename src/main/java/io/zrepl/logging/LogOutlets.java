package io.zrepl.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.zrepl.base.RepeatedWork;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Brings the log of the program to the outlets of the configuration, until closed. Used by the
 * daemon only.
 */
public final class LogOutlets implements AutoCloseable {
  /** How long {@link #close} waits for lines that are not written yet. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Duration STDOUT_RETRY = Duration.ofSeconds(1);

  private final List<QueuedOutlet> outlets;

  private LogOutlets(List<QueuedOutlet> outlets) {
    this.outlets = outlets;
  }

  /**
   * Sends all further log lines to the outlets, those of libraries from warnings on.
   *
   * @param environment the process environment; {@code NO_COLOR} and {@code TERM=dumb} switch
   *     colours off
   * @param stdout where the outlet {@code stdout} writes
   * @param observer counts lines
   * @return to be closed at the end of the program, so that nothing is lost
   */
  public static LogOutlets install(
      LoggingSettings settings,
      Map<String, String> environment,
      OutputStream stdout,
      LogObserver observer) {
    return install(settings, environment, stdout, observer, SyslogSink.SOCKETS);
  }

  static LogOutlets install(
      LoggingSettings settings,
      Map<String, String> environment,
      OutputStream stdout,
      LogObserver observer,
      List<Path> syslogSockets) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    // It tells of each connection that breaks with a stack trace, so that a client could fill the
    // log. What matters to an administrator, rpc tells in one line.
    context.getLogger("io.grpc").setLevel(Level.ERROR);
    // Whatever the outlets want: lines of all levels are counted.
    context.getLogger("io.zrepl").setLevel(Level.DEBUG);
    CountingAppender counting = new CountingAppender(observer);
    counting.setContext(context);
    counting.start();
    root.addAppender(counting);
    List<QueuedOutlet> outlets = new ArrayList<>();
    for (OutletSettings each : settings.outlets()) {
      QueuedOutlet outlet = outlet(each, environment, stdout, observer, syslogSockets);
      outlet.start();
      outlets.add(outlet);
    }
    DistributingAppender distributing = new DistributingAppender(List.copyOf(outlets));
    distributing.setContext(context);
    distributing.start();
    root.addAppender(distributing);
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    return new LogOutlets(List.copyOf(outlets));
  }

  private static QueuedOutlet outlet(
      OutletSettings settings,
      Map<String, String> environment,
      OutputStream stdout,
      LogObserver observer,
      List<Path> syslogSockets) {
    return switch (settings) {
      case OutletSettings.Stdout console ->
          new QueuedOutlet(
              "stdout",
              console.level(),
              consoleFormat(console, environment),
              new StreamSink(stdout),
              STDOUT_RETRY,
              observer);
      case OutletSettings.Syslog syslog ->
          new QueuedOutlet(
              "syslog",
              syslog.level(),
              format(syslog.format(), false, false, false),
              new SyslogSink(
                  syslog.facility(), syslogSockets, syslog.retryInterval(), InstantSource.system()),
              syslog.retryInterval(),
              observer);
      case OutletSettings.Tcp tcp ->
          new QueuedOutlet(
              tcp.network() + " " + tcp.address(),
              tcp.level(),
              format(tcp.format(), true, true, false),
              new TcpSink(tcp),
              tcp.retryInterval(),
              observer);
    };
  }

  private static LineFormat consoleFormat(
      OutletSettings.Stdout console, Map<String, String> environment) {
    boolean terminal = isTerminal();
    boolean colorsWanted =
        !environment.containsKey("NO_COLOR") && !"dumb".equals(environment.get("TERM"));
    return format(
        console.format(),
        console.time() || terminal,
        true,
        console.color() && terminal && colorsWanted);
  }

  /** JSON always tells time and level. */
  static LineFormat format(LogFormat format, boolean time, boolean level, boolean color) {
    ZoneId zone = ZoneId.systemDefault();
    return switch (format) {
      case HUMAN -> new HumanFormat(time, level, color, zone);
      case LOGFMT -> new LogfmtFormat(time, level, zone);
      case JSON -> new JsonFormat(zone);
    };
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

  /** Brings away what was logged so far, within a bound, and ends the outlets. */
  @Override
  public void close() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    outlets.forEach(QueuedOutlet::end);
    outlets.forEach(outlet -> outlet.awaitEnd(Duration.ofNanos(deadline - System.nanoTime())));
  }

  /** Hands each line to all outlets, once it is known whether it is a repetition. */
  private static final class DistributingAppender
      extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private final List<QueuedOutlet> outlets;
    private final LogLevel lowest;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final RepeatedFailures failures = new RepeatedFailures();

    DistributingAppender(List<QueuedOutlet> outlets) {
      this.outlets = outlets;
      this.lowest =
          outlets.stream()
              .map(QueuedOutlet::lowest)
              .min(Comparator.naturalOrder())
              .orElse(LogLevel.ERROR);
    }

    private static RepeatedFailures.End end(ILoggingEvent event) {
      List<Marker> markers = event.getMarkerList() == null ? List.of() : event.getMarkerList();
      if (markers.contains(RepeatedWork.ROUND_ENDED)) {
        return RepeatedFailures.End.COMPLETE;
      }
      return markers.contains(RepeatedWork.PART_OF_ROUND_ENDED)
          ? RepeatedFailures.End.PARTIAL
          : RepeatedFailures.End.NONE;
    }

    @Override
    protected void append(ILoggingEvent event) {
      RepeatedFailures.End end = end(event);
      if (end == RepeatedFailures.End.NONE
          && LogEntry.levelOf(event.getLevel()).compareTo(lowest) < 0) {
        return;
      }
      LogEntry entry = LogEntry.of(event);
      lock.lock();
      try {
        // Under the lock, so that all outlets have the lines in one order.
        for (LogEntry each : failures.filter(entry, end)) {
          outlets.forEach(outlet -> outlet.accept(each));
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private static final class CountingAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private final LogObserver observer;

    CountingAppender(LogObserver observer) {
      this.observer = observer;
    }

    @Override
    protected void append(ILoggingEvent event) {
      observer.logged(LogEntry.jobOf(event).orElse(""), LogEntry.levelOf(event.getLevel()));
    }
  }
}
