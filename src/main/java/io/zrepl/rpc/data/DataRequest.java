package io.zrepl.rpc.data;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.rpc.ProtocolException;
import io.zrepl.rpc.frame.Frame;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.rpc.frame.Incoming;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.rpc.message.PingMessage;
import io.zrepl.rpc.message.ReceiveMessage;
import io.zrepl.rpc.message.SendMessages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The one request of a data connection: the name of what is asked, and its parameters. */
public sealed interface DataRequest {

  /**
   * The same text is to come back.
   *
   * @param text any
   */
  record Ping(String text) implements DataRequest {}

  /**
   * A stream is to come.
   *
   * @param request which
   */
  record Send(SendRequest request) implements DataRequest {}

  /**
   * A stream follows.
   *
   * @param message which
   */
  record Receive(ReceiveMessage message) implements DataRequest {}

  /**
   * Something that this program does not know.
   *
   * @param endpoint its name
   */
  record Unknown(String endpoint) implements DataRequest {}

  /**
   * One whose parameters are not valid.
   *
   * @param reason why
   */
  record Invalid(String reason) implements DataRequest {}

  /** Writes a request. */
  static void write(FramedConnection connection, DataRequest request) throws IOException {
    byte[] parameters =
        switch (request) {
          case Ping ping -> PingMessage.encode(ping.text());
          case Send send -> SendMessages.encode(send.request());
          case Receive receive -> receive.message().encode();
          case Unknown _, Invalid _ -> throw new IllegalArgumentException("nothing to ask for");
        };
    connection.writeMessage(
        Frame.Content.REQUEST_HEADER, Names.of(request).getBytes(StandardCharsets.US_ASCII));
    connection.writeMessage(Frame.Content.REQUEST, parameters);
  }

  /** Reads a request. */
  static DataRequest read(Incoming incoming) throws IOException {
    byte[] header = incoming.message(Frame.Content.REQUEST_HEADER, Names.LONGEST_HEADER);
    byte[] parameters = incoming.message(Frame.Content.REQUEST, Names.LONGEST_PARAMETERS);
    return parse(new String(header, StandardCharsets.ISO_8859_1), parameters);
  }

  /** Parses a request. */
  static DataRequest parse(String endpoint, byte[] parameters) {
    try {
      return switch (endpoint) {
        case Names.PING -> new Ping(PingMessage.parse(parameters));
        case Names.SEND -> new Send(SendMessages.parseRequest(parameters));
        case Names.RECEIVE -> new Receive(ReceiveMessage.parse(parameters));
        default -> new Unknown(endpoint);
      };
    } catch (InvalidMessageException e) {
      return new Invalid(e.message());
    }
  }

  /** Names and limits of the protocol. */
  final class Names {
    static final String PING = "/v1/ping";
    static final String SEND = "/v1/send";
    static final String RECEIVE = "/v1/recv";
    static final int LONGEST_HEADER = 1 << 15;
    static final int LONGEST_PARAMETERS = 64 * 1024;

    private Names() {}

    static String of(DataRequest request) throws ProtocolException {
      return switch (request) {
        case Ping _ -> PING;
        case Send _ -> SEND;
        case Receive _ -> RECEIVE;
        case Unknown _, Invalid _ -> throw new ProtocolException("nothing to ask for");
      };
    }
  }
}
