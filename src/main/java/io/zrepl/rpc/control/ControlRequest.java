package io.zrepl.rpc.control;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.DatasetPath;
import io.zrepl.rpc.message.DestroyMessages;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.rpc.message.ListMessages;
import io.zrepl.rpc.message.PingMessage;
import io.zrepl.rpc.message.SendMessages;
import io.zrepl.rpc.message.SizeMessages;
import java.util.List;

/** What a client asks for on the control connection. */
sealed interface ControlRequest {

  /**
   * The same text is to come back.
   *
   * @param text any
   */
  record Ping(String text) implements ControlRequest {}

  /** All filesystems are to be listed. */
  record ListFilesystems() implements ControlRequest {}

  /**
   * Sizes of filesystems are wanted; Go zrepl takes this for {@link ListFilesystems}.
   *
   * @param filesystems not empty
   */
  record Sizes(List<DatasetPath> filesystems) implements ControlRequest {}

  /**
   * Snapshots and bookmarks are to be listed.
   *
   * @param filesystem whose
   */
  record ListVersions(DatasetPath filesystem) implements ControlRequest {}

  /**
   * Snapshots are to be destroyed.
   *
   * @param message which
   */
  record Destroy(DestroyMessages.Request message) implements ControlRequest {}

  /**
   * The replication cursor is wanted.
   *
   * @param filesystem whose
   */
  record Cursor(DatasetPath filesystem) implements ControlRequest {}

  /**
   * The size of a step is wanted.
   *
   * @param step which
   */
  record SendDry(SendRequest step) implements ControlRequest {}

  /**
   * A step is complete.
   *
   * @param step which
   */
  record SendCompleted(SendRequest step) implements ControlRequest {}

  /** What is called for it. */
  default ControlMethod method() {
    return switch (this) {
      case Ping _ -> ControlMethod.PING;
      case ListFilesystems _, Sizes _ -> ControlMethod.LIST_FILESYSTEMS;
      case ListVersions _ -> ControlMethod.LIST_FILESYSTEM_VERSIONS;
      case Destroy _ -> ControlMethod.DESTROY_SNAPSHOTS;
      case Cursor _ -> ControlMethod.REPLICATION_CURSOR;
      case SendDry _ -> ControlMethod.SEND_DRY;
      case SendCompleted _ -> ControlMethod.SEND_COMPLETED;
    };
  }

  /** Writes its message. */
  default byte[] encode() {
    return switch (this) {
      case Ping ping -> PingMessage.encode(ping.text);
      case ListFilesystems _ -> new byte[0];
      case Sizes sizes -> SizeMessages.encodeRequest(sizes.filesystems);
      case ListVersions list -> ListMessages.encodeFilesystem(list.filesystem);
      case Destroy destroy -> DestroyMessages.encode(destroy.message);
      case Cursor cursor -> ListMessages.encodeFilesystem(cursor.filesystem);
      case SendDry dry -> SendMessages.encode(dry.step);
      case SendCompleted completed -> SendMessages.encodeCompleted(completed.step);
    };
  }

  /**
   * Parses the message of a call.
   *
   * @throws InvalidMessageException if it is malformed, or one of its values is not valid
   */
  static ControlRequest parse(ControlMethod method, byte[] message) throws InvalidMessageException {
    return switch (method) {
      case PING -> new Ping(PingMessage.parse(message));
      case LIST_FILESYSTEMS -> {
        List<DatasetPath> sizesOf = SizeMessages.parseRequest(message);
        yield sizesOf.isEmpty() ? new ListFilesystems() : new Sizes(sizesOf);
      }
      case LIST_FILESYSTEM_VERSIONS -> new ListVersions(ListMessages.parseFilesystem(message));
      case DESTROY_SNAPSHOTS -> new Destroy(DestroyMessages.parseRequest(message));
      case REPLICATION_CURSOR -> new Cursor(ListMessages.parseFilesystem(message));
      case SEND_DRY -> new SendDry(SendMessages.parseRequest(message));
      case SEND_COMPLETED -> new SendCompleted(SendMessages.parseCompleted(message));
    };
  }
}
