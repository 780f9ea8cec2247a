package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The environment variables by which Go zrepl can be tuned. What this program does not look at is
 * told, so that nobody relies on it; see {@link EnvironmentLimits} for the others.
 */
public final class EnvironmentVariables {
  /** What a value must be. */
  private enum Form {
    DURATION,
    INTEGER,
    BOOLEAN,
    TEXT
  }

  private static final Set<String> BOOLEANS =
      Set.of("1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False");

  private static final Map<String, Form> KNOWN = known();

  private EnvironmentVariables() {}

  private static Map<String, Form> known() {
    Map<String, Form> result = new LinkedHashMap<>();
    add(
        result,
        Form.DURATION,
        "ZREPL_RPC_CLIENT_VERSIONHANDSHAKE_TIMEOUT",
        "ZREPL_RPC_SERVER_VERSIONHANDSHAKE_TIMEOUT",
        "ZREPL_TRANSPORT_MUX_TIMEOUT",
        "ZREPL_TRANSPORT_DEMUX_TIMEOUT",
        "ZREPL_RPC_DATACONN_PING_SLEEP",
        "ZREPL_PRUNER_RETRY_INTERVAL",
        "ZREPL_SNAPPER_SYNCUP_WARN_MIN_DURATION",
        "ZREPL_WALLCLOCKTIMER_MAX_DELAY",
        "ZREPL_DAEMON_CONTROL_SERVER_READ_TIMEOUT",
        "ZREPL_DAEMON_CONTROL_SERVER_WRITE_TIMEOUT",
        "ZREPL_ZFS_RESUME_RECV_POOL_SUPPORT_RECHECK_TIMEOUT");
    add(
        result,
        Form.INTEGER,
        "ZREPL_MAX_HOOK_LOG_SIZE",
        "ZREPL_ENDPOINT_RECV_PEEK_SIZE",
        "ZREPL_DESTROY_MAX_BATCH_SIZE",
        "ZREPL_ZFS_SEND_STDERR_MAX_CAPTURE_SIZE",
        "ZREPL_ZFS_SEND_SIZE_ESTIMATE_INCORRECT_THRESHOLD",
        "ZREPL_ZFS_MAX_HOLD_TAG_LEN",
        "ZFS_SEND_PIPE_CAPACITY_HINT",
        "ZFS_RECV_PIPE_CAPACITY_HINT",
        "ZREPL_TRACE_ID_NUM_BYTES");
    add(
        result,
        Form.BOOLEAN,
        "ZREPL_ENDPOINT_DISABLE_PLACEHOLDER_RESTORATION",
        "ZREPL_ENDPOINT_LIST_ABSTRACTIONS_QUERY_CREATETXG_RANGE_BOUND_ALLOW_0",
        "ZREPL_EXPERIMENTAL_ZFS_ENCRYPTION_CLI_SUPPORTED",
        "ZREPL_EXPERIMENTAL_ZFS_SEND_RESUME_SUPPORTED",
        "ZREPL_EXPERIMENTAL_ZFS_COMMA_SYNTAX_SUPPORTED",
        "ZREPL_TRACE_DEBUG_ENABLED");
    add(
        result,
        Form.TEXT,
        "ZREPL_DAEMON_AUTOSTART_PPROF_SERVER",
        "ZREPL_ACTIVITY_TRACE",
        "ZREPL_KEYLOG_FILE",
        "ZREPL_ZFS_DEBUG",
        "ZREPL_RPC_DEBUG",
        "ZREPL_RPC_DATACONN_DEBUG",
        "ZREPL_RPC_DATACONN_STREAM_DEBUG",
        "ZREPL_RPC_DATACONN_HEARTBEATCONN_DEBUG",
        "ZREPL_REPLICATION_DRIVER_DEBUG");
    return result;
  }

  private static void add(Map<String, Form> to, Form form, String... names) {
    for (String name : names) {
      to.put(name, form);
    }
  }

  /** The names of those that do not count, in the order of the documentation. */
  static List<String> names() {
    return List.copyOf(KNOWN.keySet());
  }

  /**
   * What a check of the configuration tells about an environment. (The daemon tells of values that
   * make no sense when it applies them.)
   *
   * @param environment of the process
   * @return one text for each variable that is set and does not count, or has a value that does not
   */
  public static List<String> allWarnings(Map<String, String> environment) {
    List<String> result = new ArrayList<>(warnings(environment));
    EnvironmentLimits.problems(environment)
        .forEach(text ->
            result.add(
                "environment variable %s: the daemon does not start with it".formatted(text)));
    return result;
  }

  /**
   * What to tell about variables that do not count.
   *
   * @param environment of the process
   * @return one text for each variable that is set and does not count
   */
  public static List<String> warnings(Map<String, String> environment) {
    List<String> result = new ArrayList<>();
    KNOWN.forEach((name, form) -> {
      String value = environment.get(name);
      if (value != null && !value.isEmpty()) {
        result.add(
            "environment variable %s: %s"
                .formatted(
                    name,
                    problem(form, value)
                        .map(problem -> problem + "; Go zrepl crashes with it, here it is ignored")
                        .orElse("it is known to Go zrepl, but has no effect in this version")));
      }
    });
    return result;
  }

  private static Optional<String> problem(Form form, String value) {
    boolean valid =
        switch (form) {
          case DURATION -> isDuration(value);
          case INTEGER -> value.matches("[+-]?[0-9]{1,20}");
          case BOOLEAN -> BOOLEANS.contains(value);
          case TEXT -> true;
        };
    return valid
        ? Optional.empty()
        : Optional.of(
            "%s is not a %s"
                .formatted(
                    Printable.quote(value),
                    switch (form) {
                      case DURATION -> "duration such as 10s";
                      case INTEGER -> "whole number";
                      case BOOLEAN -> "boolean; write true or false";
                      case TEXT -> "text";
                    }));
  }

  private static boolean isDuration(String value) {
    try {
      GoDuration.parse(value);
      return true;
    } catch (InvalidValueException e) {
      return false;
    }
  }
}
