package io.zrepl.logging;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The syslog of this machine: a datagram for each line on its socket, tagged {@code zrepl}, in the
 * layout of the C library. Lines that are longer than a usual syslog daemon takes are cut.
 */
final class SyslogSink implements LineSink {
  /** Where the daemons of the usual systems listen. */
  static final List<Path> SOCKETS =
      List.of(Path.of("/dev/log"), Path.of("/var/run/syslog"), Path.of("/var/run/log"));

  private static final int LONGEST = 7_800;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT);

  private final SyslogFacility facility;
  private final List<Path> sockets;
  private final Duration limit;
  private final InstantSource clock;
  private volatile @Nullable DatagramSocket socket;

  SyslogSink(SyslogFacility facility, List<Path> sockets, Duration limit, InstantSource clock) {
    this.facility = facility;
    this.sockets = sockets;
    this.limit = limit;
    this.clock = clock;
  }

  @Override
  public void open() throws IOException {
    Path path =
        sockets.stream()
            .filter(Files::exists)
            .findFirst()
            .orElseThrow(() ->
                new IOException("no syslog daemon runs here: there is no " + sockets.getFirst()));
    socket = DatagramSocket.connect(path, limit);
  }

  @Override
  public void write(LogLevel level, String line) throws IOException {
    DatagramSocket target = socket;
    if (target == null) {
      throw new IOException("the connection to syslog was ended");
    }
    String head =
        "<%d>%s zrepl[%d]: "
            .formatted(
                facility.code() * 8 + severity(level),
                TIME.format(clock.instant().atZone(ZoneId.systemDefault())),
                ProcessHandle.current().pid());
    for (String part : line.split("\n", -1)) {
      target.send(cut((head + part).getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static byte[] cut(byte[] message) {
    if (message.length <= LONGEST) {
      return message;
    }
    int end = LONGEST;
    while ((message[end] & 0xc0) == 0x80) {
      end--;
    }
    return (new String(message, 0, end, StandardCharsets.UTF_8) + "… (cut)")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Of syslog(3). */
  static int severity(LogLevel level) {
    return switch (level) {
      case DEBUG -> 7;
      case INFO -> 6;
      case WARN -> 4;
      case ERROR -> 3;
    };
  }

  @Override
  public void close() {
    DatagramSocket target = socket;
    socket = null;
    if (target != null) {
      target.close();
    }
  }
}
