package io.zrepl.rpc.message;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Snapshot;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * {@code ReceiveReq}. Its response is always empty.
 *
 * @param filesystem the sender's
 * @param to the snapshot that arrives
 * @param clearPartialState whether partial state of an earlier receive is dropped first
 * @param protection guarantees of the job
 */
public record ReceiveMessage(
    DatasetPath filesystem,
    Snapshot to,
    boolean clearPartialState,
    ReplicationProtection protection) {
  private static final int FILESYSTEM = 1;
  private static final int TO = 2;
  private static final int CLEAR_RESUME_TOKEN = 3;
  private static final int REPLICATION_CONFIG = 4;

  /** What of a request goes over the wire. */
  public static ReceiveMessage of(ReceiveRequest request) {
    return new ReceiveMessage(
        request.filesystem(), request.to(), request.clearPartialState(), request.protection());
  }

  /**
   * The request.
   *
   * @param fullStream whether the stream has no base, which only the stream itself tells
   */
  public ReceiveRequest request(boolean fullStream) {
    return new ReceiveRequest(filesystem, to, fullStream, clearPartialState, protection);
  }

  /** Its bytes. */
  public byte[] encode() {
    return new Encoder()
        .text(FILESYSTEM, filesystem.toString())
        .message(TO, VersionMessage.encode(to))
        .truth(CLEAR_RESUME_TOKEN, clearPartialState)
        .message(REPLICATION_CONFIG, ProtectionMessage.encode(protection))
        .bytes();
  }

  /**
   * Parses it.
   *
   * @throws InvalidMessageException if it is malformed, or one of its values is not valid
   */
  public static ReceiveMessage parse(byte[] bytes) throws InvalidMessageException {
    Raw raw = new Raw();
    Fields.read("ReceiveReq", bytes, raw::field);
    return new ReceiveMessage(
        Fields.valid("ReceiveReq.Filesystem", raw.filesystem, DatasetPath::parse),
        VersionMessage.parseSnapshot("ReceiveReq.To", raw.to),
        raw.clear,
        ProtectionMessage.parse(raw.config));
  }

  private static final class Raw {
    String filesystem = "";
    byte @Nullable [] to;
    boolean clear;
    byte @Nullable [] config;

    void field(Fields field) throws IOException {
      if (field.isText(FILESYSTEM)) {
        filesystem = field.text();
      } else if (field.isText(TO)) {
        to = field.bytes();
      } else if (field.isNumber(CLEAR_RESUME_TOKEN)) {
        clear = field.truth();
      } else if (field.isText(REPLICATION_CONFIG)) {
        config = field.bytes();
      }
    }
  }
}
