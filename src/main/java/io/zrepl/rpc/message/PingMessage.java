package io.zrepl.rpc.message;

/** {@code PingReq} and {@code PingRes}: a text, and the same text again. */
public final class PingMessage {
  private static final int TEXT = 1;

  private PingMessage() {}

  /** Writes either. */
  public static byte[] encode(String text) {
    return new Encoder().text(TEXT, text).bytes();
  }

  /**
   * Parses either.
   *
   * @throws InvalidMessageException if it is malformed
   */
  public static String parse(byte[] bytes) throws InvalidMessageException {
    String[] text = {""};
    Fields.read(
        "ping",
        bytes,
        field -> {
          if (field.isText(TEXT)) {
            text[0] = field.text();
          }
        });
    return text[0];
  }
}
