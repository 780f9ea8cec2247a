package io.zrepl.rpc;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The threads of this package that run, virtual ones included. */
final class RpcThreads {
  private RpcThreads() {}

  /** Stack frames of handlers, keepers and copying threads, one for each. */
  static List<String> running() {
    try {
      Path file = Files.createTempFile("threads", ".txt");
      Files.delete(file);
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(file.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
      List<String> frames =
          Files.readAllLines(file).stream()
              .filter(line -> line.matches(".*io\\.zrepl\\.rpc\\.(frame|data)\\..*"))
              .toList();
      Files.delete(file);
      return frames;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
