package io.zrepl.endpoint.local;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.StreamBeginning;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A stream whose beginning is looked at before the first byte of it is passed on. Used by one
 * thread at a time, but for {@link #abort} and {@link #close}.
 */
final class InspectedStream implements SendStream {
  // A stream without properties is known after one record of 312 bytes.
  private static final int FIRST_PORTION = 4096;

  private final SendStream stream;
  private final @Nullable String mustBeEncrypted;
  // What was read and not passed on yet lies between passedOn and held.
  private byte[] beginning = new byte[FIRST_PORTION];
  private int held;
  private int passedOn;
  private boolean ended;
  private boolean passing;
  private @Nullable OperationException failure;
  private StreamBeginning.@Nullable Kind kind;

  private InspectedStream(SendStream stream, @Nullable String mustBeEncrypted) {
    this.stream = stream;
    this.mustBeEncrypted = mustBeEncrypted;
  }

  /** A stream that can be looked at before it is read. */
  static InspectedStream of(SendStream stream) {
    return new InspectedStream(stream, null);
  }

  /**
   * A stream of which no byte passes unless it is encrypted: the last line of defence, since it is
   * the stream itself that is asked.
   *
   * @param what the snapshot, for the message
   */
  static SendStream encryptedOnly(SendStream stream, String what) {
    return new InspectedStream(stream, what);
  }

  /**
   * What the stream is; blocks until enough of it is there. {@code INCOMPLETE} if it ended or
   * failed before that; a failure comes again when what was read has been passed on.
   */
  StreamBeginning.Kind kind() {
    StreamBeginning.Kind known = kind;
    if (known == null) {
      known = inspect();
      kind = known;
    }
    return known;
  }

  /** Whether the stream is known to have no base; blocks as {@link #kind} does. */
  boolean isFull() {
    StreamBeginning.Kind known = kind();
    return (known.isPlain() || known == StreamBeginning.Kind.ENCRYPTED)
        && StreamBeginning.isFull(ByteBuffer.wrap(beginning, 0, held));
  }

  private StreamBeginning.Kind inspect() {
    ByteBuffer portion = ByteBuffer.allocateDirect(FIRST_PORTION);
    StreamBeginning.Kind judged;
    do {
      judged = StreamBeginning.judge(ByteBuffer.wrap(beginning, 0, held));
    } while (judged == StreamBeginning.Kind.INCOMPLETE && readMore(portion));
    return judged;
  }

  /** Whether something came; if not, the stream has ended or failed. */
  private boolean readMore(ByteBuffer portion) {
    if (ended || failure != null) {
      return false;
    }
    try {
      if (stream.read(portion.clear()) < 0) {
        ended = true;
        return false;
      }
    } catch (OperationException e) {
      failure = e;
      return false;
    }
    portion.flip();
    int count = portion.remaining();
    if (held + count > beginning.length) {
      beginning = Arrays.copyOf(beginning, Math.max(2 * beginning.length, held + count));
    }
    portion.get(beginning, held, count);
    held += count;
    return true;
  }

  /**
   * Waits until the stream has gone on after the record that begins it, and makes sure that it
   * brings what was announced; so it is worth destroying something for it. Before the first read.
   *
   * @param what the snapshot, for messages
   * @throws OperationException if the stream has failed or ended before, is not a full one, or
   *     brings another snapshot
   */
  void requireBegun(String what, Guid to) throws OperationException {
    ByteBuffer portion = ByteBuffer.allocateDirect(FIRST_PORTION);
    Optional<StreamBeginning.Contents> contents = Optional.empty();
    do {
      if (kind() == StreamBeginning.Kind.UNKNOWN) {
        throw refused(what, "its stream has a form that is not known here");
      }
      if (contents.isEmpty()) {
        contents = StreamBeginning.contents(ByteBuffer.wrap(beginning, 0, held));
      }
      if (contents.isPresent() && contents.get().end() > StreamBeginning.LONGEST) {
        throw refused(what, "its stream has a form that is not known here");
      }
    } while (!isFollowed(contents) && readMore(portion));
    OperationException broken = failure;
    if (broken != null && !isFollowed(contents)) {
      throw broken;
    }
    if (!isFollowed(contents)) {
      throw refused(what, "its stream ends where it has hardly begun");
    }
    if (contents.get().from().isPresent()) {
      throw refused(what, "its stream was announced as a full one and is incremental");
    }
    if (!contents.get().to().equals(to)) {
      throw refused(
          what,
          "its stream brings the snapshot of guid %s instead of %s"
              .formatted(contents.get().to(), to));
    }
  }

  private boolean isFollowed(Optional<StreamBeginning.Contents> contents) {
    return contents.isPresent() && contents.get().isFollowedWithin(held);
  }

  private OperationException refused(String what, String why) {
    stream.abort();
    return OperationException.permanent(
        "cannot receive %s: %s; nothing was destroyed for it".formatted(what, why));
  }

  @Override
  public boolean usesResumeToken() {
    return stream.usesResumeToken();
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    requireEncrypted();
    if (passedOn < held) {
      int count = Math.min(buffer.remaining(), held - passedOn);
      buffer.put(beginning, passedOn, count);
      passedOn += count;
      if (passedOn == held) {
        beginning = new byte[0];
        held = 0;
        passedOn = 0;
      }
      return count;
    }
    OperationException earlier = failure;
    if (earlier != null) {
      throw earlier;
    }
    if (ended) {
      return -1;
    }
    int start = buffer.position();
    int count = stream.read(buffer);
    if (!passing) {
      passing = true;
      if (kind == null && count > 0) {
        // Nobody has asked yet, but may want to know afterwards.
        StreamBeginning.Kind judged = StreamBeginning.judge(buffer.slice(start, count));
        kind = judged == StreamBeginning.Kind.INCOMPLETE ? null : judged;
      }
    }
    return count;
  }

  /** Whether what was read so far is known to be an encrypted stream. Does not block. */
  boolean isKnownToBeEncrypted() {
    return kind == StreamBeginning.Kind.ENCRYPTED;
  }

  private void requireEncrypted() throws OperationException {
    if (mustBeEncrypted == null || kind() == StreamBeginning.Kind.ENCRYPTED) {
      return;
    }
    OperationException earlier = failure;
    if (earlier != null) {
      throw earlier; // nothing was passed on
    }
    stream.abort();
    throw new PolicyException(
        "encrypted send mandated by policy, but the stream of %s is not encrypted: nothing of it was sent"
            .formatted(mustBeEncrypted));
  }

  @Override
  public void abort() {
    stream.abort();
  }

  @Override
  public void close() {
    stream.close();
  }
}
