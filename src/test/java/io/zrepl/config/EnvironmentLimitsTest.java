package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.replicate.run.RunLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentLimitsTest {
  private final List<String> warnings = new ArrayList<>();

  private RunLimits limits(Map<String, String> environment) {
    return EnvironmentLimits.apply(RunLimits.DEFAULT, environment, warnings::add);
  }

  @Test
  void withoutVariablesNothingChanges() {
    assertThat(limits(Map.of())).isEqualTo(RunLimits.DEFAULT);
    assertThat(limits(Map.of("ZREPL_REPLICATION_MAX_ATTEMPTS", ""))).isEqualTo(RunLimits.DEFAULT);
    assertThat(warnings).isEmpty();
  }

  @Test
  void variablesOfTheGoProgramCount() {
    RunLimits limits =
        limits(
            Map.of(
                "ZREPL_REPLICATION_MAX_ATTEMPTS",
                "7",
                "ZREPL_REPLICATION_RECONNECT_HARD_FAIL_TIMEOUT",
                "1h30m"));
    assertThat(limits.retries().maximumTries()).isEqualTo(7);
    assertThat(limits.reconnect()).isEqualTo(Duration.ofMinutes(90));
    assertThat(warnings).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "ZREPL_REPLICATION_MAX_ATTEMPTS, -1",
    "ZREPL_REPLICATION_MAX_ATTEMPTS, 0",
    "ZREPL_REPLICATION_MAX_ATTEMPTS, many",
    "ZREPL_REPLICATION_RECONNECT_HARD_FAIL_TIMEOUT, 0s",
    "ZREPL_REPLICATION_RECONNECT_HARD_FAIL_TIMEOUT, -1m",
    "ZREPL_REPLICATION_RECONNECT_HARD_FAIL_TIMEOUT, soon"
  })
  void whatMakesNoSenseIsToldAndChangesNothing(String name, String value) {
    assertThat(limits(Map.of(name, value))).isEqualTo(RunLimits.DEFAULT);
    assertThat(warnings).singleElement().asString().startsWith(name + "=" + value);
    assertThat(EnvironmentLimits.problems(Map.of(name, value))).isEqualTo(warnings);
  }
}
