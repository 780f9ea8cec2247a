package io.zrepl.control;

/**
 * What client and server of the control socket agree on: HTTP/1.1 over a UNIX domain socket.
 *
 * <p>The client always sends POST; the server accepts any method. A successful answer has status
 * 200 and a JSON object followed by a newline as its body. Any other answer has plain text as its
 * body, without newline, made for the user.
 */
public final class ControlProtocol {
  /** Answers {@link VersionInformation}. */
  public static final String VERSION_PATH = "/version";

  /** Answers {@link DaemonStatus}. */
  public static final String STATUS_PATH = "/status";

  /**
   * Answers the metrics of the daemon in the text format of Prometheus. Go zrepl has no such path.
   */
  public static final String METRICS_PATH = "/metrics";

  /** Takes a {@link SignalRequest}, answers an empty object. */
  public static final String SIGNAL_PATH = "/signal";

  /** Media type of requests and of successful answers. */
  public static final String JSON_TYPE = "application/json";

  /** Media type of failures. */
  public static final String TEXT_TYPE = "text/plain; charset=utf-8";

  private ControlProtocol() {}
}
