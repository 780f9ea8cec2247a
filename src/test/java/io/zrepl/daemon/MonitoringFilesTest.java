package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The dashboard, the alert rules and the manual speak of metrics that exist. That those are served
 * with these labels: {@link MetricsListenerTest}.
 */
class MonitoringFilesTest {
  private static final Path DASHBOARD = Path.of("packaging/grafana/zrepl.json");
  private static final Path RULES = Path.of("packaging/prometheus/zrepl.rules.yml");
  private static final Path MANUAL = Path.of("docs/monitoring.md");

  private static final Pattern METRIC =
      Pattern.compile("\\b((?:zrepl|process|go)_[a-z_]+)(?:\\{([^}]*)})?");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)(?:=~|!=|=)");
  private static final Pattern GROUPING = Pattern.compile("by \\(([^)]*)\\)");

  /** Those that Prometheus adds, and that of histograms. */
  private static final Set<String> ADDED = Set.of("job", "instance", "le");

  private static Map<String, Set<String>> served() {
    Map<String, Set<String>> labels = new TreeMap<>();
    try (InputStream in = MonitoringFilesTest.class.getResourceAsStream("metrics.txt")) {
      assertThat(in).isNotNull();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.startsWith("#")) {
          String[] words = line.split(" ", -1);
          labels.put(words[0], Set.of(words[2].split(",", -1)));
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return labels;
  }

  private static Stream<String> found(Path file, String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(file))
        .results()
        .map(match -> match.group(1).replace("\\\"", "\""));
  }

  static Stream<String> queries() throws IOException {
    List<String> ofDashboard =
        Stream.concat(
                found(DASHBOARD, "\"expr\": \"((?:[^\"\\\\]|\\\\.)*)\""),
                found(DASHBOARD, "\"definition\": \"label_values\\(((?:[^\"\\\\]|\\\\.)*)\\)\""))
            .toList();
    List<String> ofRules = found(RULES, "expr: ((?:>-\\n(?: {10}.*\\n)+)|.*)").toList();
    assertThat(ofDashboard).hasSizeGreaterThan(20);
    assertThat(ofRules).hasSizeGreaterThan(8);
    return Stream.concat(ofDashboard.stream(), ofRules.stream());
  }

  @ParameterizedTest
  @MethodSource("queries")
  void everyQueryIsAnswered(String query) {
    Map<String, Set<String>> served = served();
    Set<String> known = new HashSet<>(ADDED);
    List<MatchResult> metrics = METRIC.matcher(query).results().toList();
    // A label may have the prefix of a metric.
    metrics = metrics.stream().filter(each -> !each.group(1).equals("zrepl_job")).toList();
    assertThat(metrics).as(query).isNotEmpty();
    for (MatchResult metric : metrics) {
      Optional<String> name =
          Stream.of("", "_count", "_sum", "_bucket")
              .filter(suffix -> metric.group(1).endsWith(suffix))
              .map(suffix ->
                  metric.group(1).substring(0, metric.group(1).length() - suffix.length()))
              .filter(served::containsKey)
              .findFirst();
      assertThat(name).as("%s in: %s", metric.group(1), query).isPresent();
      Set<String> labels = new HashSet<>(served.get(name.orElseThrow()));
      labels.addAll(ADDED);
      known.addAll(labels);
      if (metric.group(2) != null) {
        LABEL
            .matcher(metric.group(2))
            .results()
            .forEach(label -> assertThat(labels).as(query).contains(label.group(1)));
      }
    }
    GROUPING
        .matcher(query)
        .results()
        .flatMap(group -> Stream.of(group.group(1).split(", *", -1)))
        .forEach(label -> assertThat(known).as(query).contains(label));
  }

  @Test
  void everyMetricIsInTheManual() throws IOException {
    String manual = Files.readString(MANUAL);
    assertThat(served())
        .allSatisfy((name, labels) -> assertThat(manual).contains("`" + name + "`"));
  }

  @Test
  @Tag("foreign")
  @Timeout(60)
  void rulesPassTheirCases() throws Exception {
    for (String[] arguments :
        new String[][] {
          {"check", "rules", RULES.toString()},
          {"test", "rules", "packaging/prometheus/zrepl.rules.test.yml"},
        }) {
      Process process;
      try {
        process =
            new ProcessBuilder(Stream.concat(Stream.of("promtool"), Stream.of(arguments)).toList())
                .redirectErrorStream(true)
                .start();
      } catch (IOException e) {
        throw new AssertionError("promtool is missing: install the package prometheus", e);
      }
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(said).isZero();
    }
  }
}
