package io.zrepl.rpc.message;

/**
 * Lets every parser read the same bytes; whatever they are, only one kind of failure is allowed.
 */
public final class MessageProbe {
  private MessageProbe() {}

  private interface Parser {
    Object parse(byte[] bytes) throws InvalidMessageException;
  }

  /** Parses with all of them. */
  public static void parseAll(byte[] bytes) {
    for (Parser parser :
        new Parser[] {
          SendMessages::parseRequest,
          SendMessages::parseCompleted,
          SendMessages::parseResponse,
          ReceiveMessage::parse,
          ListMessages::parseFilesystems,
          ListMessages::parseFilesystem,
          ListMessages::parseVersions,
          DestroyMessages::parseRequest,
          DestroyMessages::parseResults,
          CursorMessage::parse,
          PingMessage::parse,
          SizeMessages::parseRequest,
          SizeMessages::parseResponse
        }) {
      try {
        Object _ = parser.parse(bytes);
      } catch (InvalidMessageException e) {
        // the only failure that may come
      }
    }
  }
}
