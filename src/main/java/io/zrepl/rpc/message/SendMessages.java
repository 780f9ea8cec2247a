package io.zrepl.rpc.message;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code SendReq}, {@code SendRes} and {@code SendCompletedReq}. */
public final class SendMessages {
  private static final int FILESYSTEM = 1;
  private static final int FROM = 2;
  private static final int TO = 3;
  private static final int RESUME_TOKEN = 4;
  private static final int REPLICATION_CONFIG = 6;

  private static final int USED_RESUME_TOKEN = 1;
  private static final int EXPECTED_SIZE = 2;

  private static final int ORIGINAL_REQUEST = 2;

  private static final int LONGEST_TOKEN = 16 * 1024;

  private String filesystem = "";
  private byte @Nullable [] from;
  private byte @Nullable [] to;
  private String resumeToken = "";
  private byte @Nullable [] config;

  private SendMessages() {}

  /**
   * The answer to a request to send, or to estimate.
   *
   * @param usesResumeToken whether the stream continues from the token of the request
   * @param expectedSize in bytes, unsigned; 0 if not known
   */
  public record Response(boolean usesResumeToken, long expectedSize) {}

  /** Writes a {@code SendReq}. */
  public static byte[] encode(SendRequest request) {
    Encoder encoder = new Encoder().text(FILESYSTEM, request.filesystem().toString());
    request.from().ifPresent(version -> encoder.message(FROM, VersionMessage.encode(version)));
    return encoder
        .message(TO, VersionMessage.encode(request.to()))
        .text(RESUME_TOKEN, request.resumeToken().map(ResumeToken::text).orElse(""))
        .message(REPLICATION_CONFIG, ProtectionMessage.encode(request.protection()))
        .bytes();
  }

  /**
   * Parses a {@code SendReq}.
   *
   * @throws InvalidMessageException if it is malformed, or one of its values is not valid
   */
  public static SendRequest parseRequest(byte[] bytes) throws InvalidMessageException {
    SendMessages message = new SendMessages();
    Fields.read("SendReq", bytes, message::field);
    return message.request();
  }

  private void field(Fields field) throws IOException {
    if (field.isText(FILESYSTEM)) {
      filesystem = field.text();
    } else if (field.isText(FROM)) {
      from = field.bytes();
    } else if (field.isText(TO)) {
      to = field.bytes();
    } else if (field.isText(RESUME_TOKEN)) {
      resumeToken = field.text();
    } else if (field.isText(REPLICATION_CONFIG)) {
      config = field.bytes();
    }
  }

  private SendRequest request() throws InvalidMessageException {
    DatasetPath path = Fields.valid("SendReq.Filesystem", filesystem, DatasetPath::parse);
    Optional<FilesystemVersion> base =
        from == null ? Optional.empty() : Optional.of(VersionMessage.parse(from));
    Snapshot target = VersionMessage.parseSnapshot("SendReq.To", to);
    return new SendRequest(
        path, base, target, token("SendReq", resumeToken), ProtectionMessage.parse(config));
  }

  /** Goes on a command line later, so that only what a token can consist of passes. */
  static Optional<ResumeToken> token(String message, String text) throws InvalidMessageException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    // No pattern with a repeated group: matching a long text would take all of the stack.
    boolean valid =
        text.length() <= LONGEST_TOKEN
            && !text.startsWith("-")
            && text.chars()
                .allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-');
    if (!valid) {
      throw new InvalidMessageException(message + ".ResumeToken: not a resume token");
    }
    return Optional.of(new ResumeToken(text));
  }

  /** Writes a {@code SendRes}. */
  public static byte[] encode(Response response) {
    return new Encoder()
        .truth(USED_RESUME_TOKEN, response.usesResumeToken())
        .number(EXPECTED_SIZE, response.expectedSize())
        .bytes();
  }

  /**
   * Parses a {@code SendRes}.
   *
   * @throws InvalidMessageException if it is malformed
   */
  public static Response parseResponse(byte[] bytes) throws InvalidMessageException {
    boolean[] used = new boolean[1];
    long[] size = new long[1];
    Fields.read(
        "SendRes",
        bytes,
        field -> {
          if (field.isNumber(USED_RESUME_TOKEN)) {
            used[0] = field.truth();
          } else if (field.isNumber(EXPECTED_SIZE)) {
            size[0] = field.number();
          }
        });
    return new Response(used[0], size[0]);
  }

  /** Writes a {@code SendCompletedReq}. */
  public static byte[] encodeCompleted(SendRequest original) {
    return new Encoder().message(ORIGINAL_REQUEST, encode(original)).bytes();
  }

  /**
   * Parses a {@code SendCompletedReq}.
   *
   * @throws InvalidMessageException if it is malformed, or one of its values is not valid
   */
  public static SendRequest parseCompleted(byte[] bytes) throws InvalidMessageException {
    byte[][] original = new byte[1][];
    Fields.read(
        "SendCompletedReq",
        bytes,
        field -> {
          if (field.isText(ORIGINAL_REQUEST)) {
            original[0] = field.bytes();
          }
        });
    if (original[0] == null) {
      throw new InvalidMessageException("SendCompletedReq.OriginalReq is missing");
    }
    return parseRequest(original[0]);
  }
}
