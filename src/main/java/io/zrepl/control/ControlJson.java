package io.zrepl.control;

import io.zrepl.base.InvalidValueException;
import java.io.InputStream;
import java.io.OutputStream;

/** The JSON of the control socket, for client and server. Stateless; any thread may call. */
public final class ControlJson {
  /** The answer to a signal that was taken. */
  public static final String EMPTY_OBJECT = "{}\n";

  private ControlJson() {}

  /** The status as JSON with a newline at its end. */
  public static String toJson(DaemonStatus status) {
    return JsonText.toText(json -> new StatusWriter(json).members(status));
  }

  /**
   * Writes the status as JSON with a newline at its end; for a daemon with many filesystems it is
   * too long for one text. Does not close the stream.
   *
   * @throws tools.jackson.core.JacksonException if the stream fails
   */
  public static void write(DaemonStatus status, OutputStream target) {
    JsonText.write(target, json -> new StatusWriter(json).members(status));
  }

  /**
   * Reads a status, also that of an older or newer daemon, or of Go zrepl. Does not close the
   * stream.
   *
   * @throws InvalidValueException if it is not JSON or not a status
   * @throws tools.jackson.core.JacksonException if the stream fails
   */
  public static DaemonStatus readStatus(InputStream json) throws InvalidValueException {
    return StatusReader.status(JsonObject.read(json));
  }

  /** The version as JSON with a newline at its end. */
  public static String toJson(VersionInformation version) {
    return JsonText.toText(json ->
        json.text("Version", version.version())
            .text("RuntimeGo", version.runtime())
            .text("RuntimeGOOS", version.operatingSystem())
            .text("RuntimeGOARCH", version.architecture())
            .text("RUNTIMECompiler", version.compiler()));
  }

  /**
   * Reads a version.
   *
   * @throws InvalidValueException if it is not JSON or not a version
   */
  public static VersionInformation readVersion(InputStream json) throws InvalidValueException {
    JsonObject object = JsonObject.read(json);
    return new VersionInformation(
        object.text("Version"),
        object.text("RuntimeGo"),
        object.text("RuntimeGOOS"),
        object.text("RuntimeGOARCH"),
        object.text("RUNTIMECompiler"));
  }

  /** The answer as JSON with a newline at its end; as that of Go zrepl if there is no message. */
  public static String toJson(SignalAnswer answer) {
    return answer.message().isEmpty()
        ? EMPTY_OBJECT
        : JsonText.toText(json -> json.text("Message", answer.message()));
  }

  /**
   * Reads an answer; what it does not say is empty.
   *
   * @throws InvalidValueException if it is not JSON or not an answer
   */
  public static SignalAnswer readSignalAnswer(InputStream json) throws InvalidValueException {
    return new SignalAnswer(JsonObject.read(json).text("Message"));
  }

  /** The request as JSON with a newline at its end. */
  public static String toJson(SignalRequest request) {
    return JsonText.toText(
        json -> json.text("Name", request.job()).text("Op", request.operation()));
  }

  /**
   * Reads a request; what it does not say is empty.
   *
   * @throws InvalidValueException if it is not JSON or not a request
   */
  public static SignalRequest readSignal(InputStream json) throws InvalidValueException {
    JsonObject object = JsonObject.read(json);
    return new SignalRequest(object.text("Name"), object.text("Op"));
  }
}
