package io.zrepl.monitoring;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The process itself: {@code process_*} as Prometheus clients everywhere name them, and the three
 * {@code go_*} that the dashboard of Go zrepl shows, with what is nearest to them. Read from /proc
 * when asked for; what is not there is left out.
 */
final class ProcessMetrics {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final double KILOBYTE = 1024;
  private static final double MILLISECONDS = 1e3;

  private ProcessMetrics() {}

  static void register(PrometheusRegistry registry) {
    CounterWithCallback.builder()
        .name("process_cpu_seconds_total")
        .help("User and system CPU seconds")
        .callback(callback ->
            ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .ifPresent(time -> callback.call(time.toMillis() / MILLISECONDS)))
        .register(registry);
    gauge(
        registry,
        "process_start_time_seconds",
        "When the process started, as seconds since 1970",
        () ->
            ProcessHandle.current().info().startInstant().stream()
                .mapToDouble(start -> start.toEpochMilli() / MILLISECONDS)
                .findFirst());
    gauge(
        registry,
        "process_resident_memory_bytes",
        "Memory in use",
        () -> field(STATUS, "VmRSS:", 1, KILOBYTE));
    gauge(
        registry,
        "process_virtual_memory_bytes",
        "Address space in use",
        () -> field(STATUS, "VmSize:", 1, KILOBYTE));
    gauge(registry, "process_open_fds", "Open files", ProcessMetrics::openFiles);
    gauge(
        registry,
        "process_max_fds",
        "How many files may be open",
        () -> field(LIMITS, "Max open files", 3, 1));
    gauge(
        registry,
        "go_goroutines",
        "Threads of the operating system; named so for the dashboard of Go zrepl",
        () -> OptionalDouble.of(ManagementFactory.getThreadMXBean().getThreadCount()));
    gauge(
        registry,
        "go_memstats_alloc_bytes",
        "Heap in use; named so for the dashboard of Go zrepl",
        () -> {
          Runtime runtime = Runtime.getRuntime();
          return OptionalDouble.of((double) (runtime.totalMemory() - runtime.freeMemory()));
        });
    gauge(
        registry,
        "go_memstats_sys_bytes",
        "Heap taken from the system; named so for the dashboard of Go zrepl",
        () -> OptionalDouble.of((double) Runtime.getRuntime().totalMemory()));
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, Supplier<OptionalDouble> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> value.get().ifPresent(callback::call))
        .register(registry);
  }

  private static OptionalDouble field(Path file, String label, int word, double unit) {
    try {
      List<String> lines = Files.readAllLines(file);
      for (String line : lines) {
        if (line.startsWith(label)) {
          return OptionalDouble.of(Double.parseDouble(line.split("\\s+", -1)[word]) * unit);
        }
      }
      return OptionalDouble.empty();
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return OptionalDouble.empty(); // another system, or no limit
    }
  }

  private static OptionalDouble openFiles() {
    try (Stream<Path> files = Files.list(DESCRIPTORS)) {
      return OptionalDouble.of((double) files.count());
    } catch (IOException e) {
      return OptionalDouble.empty();
    }
  }
}
