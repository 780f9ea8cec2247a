package io.zrepl.daemon;

import io.zrepl.base.TaskGroup;
import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the service is, as sd_notify(3) describes; does nothing where nobody wants to
 * know. A message that cannot be sent is a warning in the log. May be used by any thread.
 */
final class ServiceNotifier {
  private static final Logger log = LoggerFactory.getLogger(ServiceNotifier.class);

  private final Optional<NotifySocket> socket;
  private final Optional<Duration> watchdog;

  private ServiceNotifier(Optional<NotifySocket> socket, Optional<Duration> watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /**
   * The one that started this process, if any.
   *
   * @param environment {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC} and {@code WATCHDOG_PID} count
   */
  static ServiceNotifier of(Map<String, String> environment) {
    Optional<NotifySocket> socket =
        Optional.ofNullable(environment.get("NOTIFY_SOCKET"))
            .filter(address -> !address.isEmpty())
            .map(NotifySocket::new);
    return new ServiceNotifier(socket, socket.flatMap(_ -> watchdog(environment)));
  }

  private static Optional<Duration> watchdog(Map<String, String> environment) {
    String pid = environment.getOrDefault("WATCHDOG_PID", "");
    if (!pid.isEmpty() && !pid.equals(String.valueOf(ProcessHandle.current().pid()))) {
      return Optional.empty(); // meant for another process that let us inherit it
    }
    try {
      long microseconds = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
      return microseconds > 0
          ? Optional.of(Duration.ofNanos(Math.multiplyExact(microseconds, 1000L)))
          : Optional.empty();
    } catch (ArithmeticException | NumberFormatException e) {
      log.atWarn().addKeyValue("err", e).log("WATCHDOG_USEC is not usable: no watchdog");
      return Optional.empty();
    }
  }

  /** The daemon works; also after a reload. */
  void ready() {
    send("READY=1\nSTATUS=ready");
  }

  /** The configuration is being read again; {@link #ready} must follow. */
  void reloading() {
    // On Linux this is CLOCK_MONOTONIC, which systemd compares with the time of its request.
    send("RELOADING=1\nMONOTONIC_USEC=%d\nSTATUS=reloading".formatted(System.nanoTime() / 1000));
  }

  /**
   * The daemon ends once what runs has ended. Not yet "stopping": systemd gives that the time of
   * {@code TimeoutStopSec}, and kills afterwards.
   */
  void finishing() {
    send("STATUS=ending after the running steps");
  }

  /** The daemon ends now. */
  void stopping() {
    send("STOPPING=1\nSTATUS=ending what runs");
  }

  /**
   * Begins to tell that the daemon is alive, if that is wanted: twice in the time after which it
   * would be taken for dead, and only if its control server has just answered.
   *
   * @param group whose end ends it
   */
  void watch(TaskGroup group, ControlClient client) {
    watchdog.ifPresent(limit -> group.fork("beat", () -> beat(limit.dividedBy(2), client)));
  }

  private void beat(Duration period, ControlClient client) throws InterruptedException {
    while (true) {
      try {
        client.version();
        send("WATCHDOG=1");
      } catch (ControlException e) {
        log.atError().addKeyValue("err", e).log("the control server does not answer the watchdog");
      }
      Thread.sleep(period);
    }
  }

  private void send(String message) {
    if (socket.isEmpty()) {
      return;
    }
    try {
      socket.get().send(message);
    } catch (IOException e) {
      log.atWarn().addKeyValue("err", e).log("cannot tell the service manager");
    }
  }
}
