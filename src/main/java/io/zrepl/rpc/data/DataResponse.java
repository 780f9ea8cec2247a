package io.zrepl.rpc.data;

import io.zrepl.rpc.ProtocolException;
import io.zrepl.rpc.frame.Frame;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.rpc.frame.Incoming;
import io.zrepl.rpc.frame.PeerText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The answer to a request, before a stream. */
sealed interface DataResponse {

  /**
   * It succeeds.
   *
   * @param result a message, may be empty
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, and handed on at once
  record Success(byte[] result) implements DataResponse {}

  /**
   * It failed.
   *
   * @param text why
   */
  record Failure(String text) implements DataResponse {}

  /** Writes it. */
  static void write(FramedConnection connection, DataResponse response) throws IOException {
    switch (response) {
      case Success success -> {
        connection.writeMessage(Frame.Content.RESPONSE_HEADER, Format.bytes(Format.OK));
        connection.writeMessage(Frame.Content.RESPONSE, success.result());
      }
      case Failure failure -> {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.writeBytes(Format.bytes(Format.ERROR));
        header.writeBytes(
            PeerText.encode(failure.text(), Format.LONGEST_HEADER - Format.ERROR.length()));
        connection.writeMessage(Frame.Content.RESPONSE_HEADER, header.toByteArray());
      }
    }
  }

  /** Reads it. */
  static DataResponse read(Incoming incoming) throws IOException {
    // Go does not cut its texts: what comes may be longer than what Go itself would read.
    byte[] header = incoming.message(Frame.Content.RESPONSE_HEADER, Format.LONGEST_ACCEPTED_HEADER);
    String text = new String(header, StandardCharsets.UTF_8);
    if (text.startsWith(Format.ERROR)) {
      return new Failure(PeerText.clean(text.substring(Format.ERROR.length())));
    }
    if (!text.startsWith(Format.OK)) {
      throw new ProtocolException("an answer that is neither success nor failure");
    }
    return new Success(incoming.message(Frame.Content.RESPONSE, Format.LONGEST_RESULT));
  }

  /** Texts and limits of the protocol. */
  final class Format {
    static final String OK = "HANDLER OK\n";
    static final String ERROR = "HANDLER ERROR:\n";
    static final int LONGEST_HEADER = 1 << 15;
    static final int LONGEST_ACCEPTED_HEADER = 1 << 22;
    static final int LONGEST_RESULT = 1 << 23;

    private Format() {}

    static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }
}
