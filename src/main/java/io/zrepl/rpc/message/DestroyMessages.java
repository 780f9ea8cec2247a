package io.zrepl.rpc.message;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Snapshot;
import io.zrepl.rpc.frame.PeerText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code DestroySnapshotsReq} and its response. */
public final class DestroyMessages {
  private static final int FILESYSTEM = 1;
  private static final int SNAPSHOTS = 2;

  private static final int RESULTS = 1;
  private static final int SNAPSHOT = 1;
  private static final int ERROR = 2;

  private DestroyMessages() {}

  /**
   * What is to be destroyed.
   *
   * @param filesystem of all of them
   * @param snapshots may be empty
   */
  public record Request(DatasetPath filesystem, List<Snapshot> snapshots) {
    /** Copies the list. */
    public Request {
      snapshots = List.copyOf(snapshots);
    }
  }

  /** Writes a {@code DestroySnapshotsReq}. */
  public static byte[] encode(Request request) {
    Encoder encoder = new Encoder().text(FILESYSTEM, request.filesystem.toString());
    request.snapshots.forEach(each -> encoder.message(SNAPSHOTS, VersionMessage.encode(each)));
    return encoder.bytes();
  }

  /**
   * Parses a {@code DestroySnapshotsReq}.
   *
   * @throws InvalidMessageException if it is malformed, or names anything but snapshots
   */
  public static Request parseRequest(byte[] bytes) throws InvalidMessageException {
    String[] filesystem = {""};
    List<Snapshot> snapshots = new ArrayList<>();
    Fields.read(
        "DestroySnapshotsReq",
        bytes,
        field -> {
          if (field.isText(FILESYSTEM)) {
            filesystem[0] = field.text();
          } else if (field.isText(SNAPSHOTS)) {
            snapshots.add(
                VersionMessage.parseSnapshot("DestroySnapshotsReq.Snapshots", field.bytes()));
          }
        });
    return new Request(
        Fields.valid("DestroySnapshotsReq.Filesystem", filesystem[0], DatasetPath::parse),
        snapshots);
  }

  /**
   * Writes a {@code DestroySnapshotsRes}.
   *
   * @param requested one for each result, in the same order
   */
  public static byte[] encode(List<Snapshot> requested, List<DestroyResult> results) {
    Encoder encoder = new Encoder();
    for (int i = 0; i < results.size(); i++) {
      encoder.message(
          RESULTS,
          new Encoder()
              .message(SNAPSHOT, VersionMessage.encode(requested.get(i)))
              .text(ERROR, results.get(i).error().orElse(""))
              .bytes());
    }
    return encoder.bytes();
  }

  /**
   * Parses a {@code DestroySnapshotsRes}.
   *
   * @throws InvalidMessageException if it is malformed, or one of its values is not valid
   */
  public static List<DestroyResult> parseResults(byte[] bytes) throws InvalidMessageException {
    List<DestroyResult> results = new ArrayList<>();
    Fields.read(
        "DestroySnapshotsRes",
        bytes,
        field -> {
          if (field.isText(RESULTS)) {
            results.add(RawResult.parse(field.bytes()));
          }
        });
    return results;
  }

  private static final class RawResult {
    private byte @Nullable [] snapshot;
    private String error = "";

    static DestroyResult parse(byte[] bytes) throws InvalidMessageException {
      RawResult raw = new RawResult();
      Fields.read("DestroySnapshotRes", bytes, raw::field);
      Snapshot snapshot = VersionMessage.parseSnapshot("DestroySnapshotRes.Snapshot", raw.snapshot);
      return new DestroyResult(
          snapshot.name(),
          Optional.of(raw.error).filter(text -> !text.isEmpty()).map(PeerText::clean));
    }

    private void field(Fields field) throws IOException {
      if (field.isText(SNAPSHOT)) {
        snapshot = field.bytes();
      } else if (field.isText(ERROR)) {
        error = field.text();
      }
    }
  }
}
