package io.zrepl.rpc.frame;

import io.zrepl.rpc.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Messages and streams of the other end. Used by one thread at a time. */
public final class Incoming {
  /** Of the text with which a source tells its failure. */
  private static final int LONGEST_SOURCE_ERROR = 64 * 1024;

  /** What comes beyond is not kept, and not waited for for ever. */
  private static final int LONGEST_IGNORED = 1 << 20;

  private static final int PORTION = 32 * 1024;

  private final FramedConnection connection;
  // Within the stream: whether a frame's payload is being read, and whether the end was read.
  private boolean inPayload;
  private boolean ended;
  // what broke the stream; it never looks complete after that
  private @Nullable IOException broken;

  /** Reads from a connection. */
  public Incoming(FramedConnection connection) {
    this.connection = connection;
  }

  /**
   * Reads a whole message.
   *
   * @param content what must come, besides the end
   * @param longest allowed length
   * @throws ProtocolException if it is longer, or something else comes
   */
  public byte[] message(Frame.Content content, int longest) throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    while (true) {
      switch (connection.nextFrame()) {
        case Frame.End _ -> {
          return message.toByteArray();
        }
        case Frame.Part part -> {
          if (part.content() != content) {
            throw new ProtocolException(
                "a frame of type %s where %s was expected".formatted(part.content(), content));
          }
          if (message.size() + (long) part.length() > longest) {
            throw new ProtocolException(
                "a message of type %s with more than %d bytes".formatted(content, longest));
          }
          payload(message, longest);
        }
      }
    }
  }

  /** What was announced is not taken on trust: memory is needed only for what really comes. */
  private void payload(ByteArrayOutputStream content, int longest) throws IOException {
    ByteBuffer portion = ByteBuffer.allocate(PORTION);
    while (connection.readPayload(portion.clear()) >= 0) {
      int count = Math.min(portion.position(), longest - content.size());
      content.write(portion.array(), 0, count);
    }
  }

  /**
   * Reads the next bytes of a ZFS stream.
   *
   * @param buffer with room
   * @return how many, at least 1, or -1 at its clean end
   * @throws SourceErrorException if its source failed
   */
  public int stream(ByteBuffer buffer) throws IOException {
    IOException before = broken;
    if (before != null) {
      throw before;
    }
    try {
      return readStream(buffer);
    } catch (IOException e) {
      broken = e;
      throw e;
    }
  }

  private int readStream(ByteBuffer buffer) throws IOException {
    if (ended) {
      return -1;
    }
    while (true) {
      if (inPayload) {
        int count = connection.readPayload(buffer);
        if (count > 0) {
          return count;
        }
        inPayload = false;
      }
      switch (connection.nextFrame()) {
        case Frame.End _ -> {
          ended = true;
          return -1;
        }
        case Frame.Part part -> {
          switch (part.content()) {
            case ZFS_STREAM -> inPayload = true;
            case SOURCE_ERROR -> throw sourceError();
            case REQUEST_HEADER, REQUEST, RESPONSE_HEADER, RESPONSE ->
                throw new ProtocolException(
                    "a frame of type %s within a stream".formatted(part.content()));
          }
        }
      }
    }
  }

  private SourceErrorException sourceError() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    int ignored = 0;
    payload(text, LONGEST_SOURCE_ERROR);
    while (connection.nextFrame() instanceof Frame.Part part) {
      if (part.content() != Frame.Content.SOURCE_ERROR) {
        throw new ProtocolException(
            "a frame of type %s within a source error".formatted(part.content()));
      }
      ignored += part.length();
      if (ignored > LONGEST_IGNORED) {
        throw new ProtocolException("the text of a source error does not end");
      }
      payload(text, LONGEST_SOURCE_ERROR);
    }
    return new SourceErrorException(PeerText.of(text.toByteArray()));
  }
}
