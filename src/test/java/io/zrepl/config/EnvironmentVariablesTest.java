package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentVariablesTest {
  @Test
  void variablesThatHaveNoEffectAreTold() {
    assertThat(EnvironmentVariables.warnings(Map.of("PATH", "/bin", "ZREPL_RPC_DEBUG", "")))
        .isEmpty();
    assertThat(EnvironmentVariables.warnings(Map.of("ZREPL_DESTROY_MAX_BATCH_SIZE", "5")))
        .singleElement()
        .asString()
        .contains("ZREPL_DESTROY_MAX_BATCH_SIZE", "has no effect");
  }

  @Test
  void valuesWithWhichGoZreplCrashesAreTold() {
    assertThat(
            EnvironmentVariables.warnings(
                Map.of(
                    "ZREPL_DESTROY_MAX_BATCH_SIZE",
                    "many",
                    "ZREPL_TRANSPORT_DEMUX_TIMEOUT",
                    "10",
                    "ZREPL_TRACE_DEBUG_ENABLED",
                    "yes")))
        .hasSize(3)
        .allSatisfy(warning -> assertThat(warning).contains("Go zrepl crashes with it"));
  }
}
