package io.zrepl.rpc.control;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.Served;
import io.zrepl.rpc.message.CursorMessage;
import io.zrepl.rpc.message.DestroyMessages;
import io.zrepl.rpc.message.ListMessages;
import io.zrepl.rpc.message.PingMessage;
import io.zrepl.rpc.message.SendMessages;
import io.zrepl.rpc.message.SizeMessages;
import java.util.List;

/** From a request to the bytes of its answer. */
final class ControlCalls {
  private static final byte[] EMPTY = {};

  private ControlCalls() {}

  static byte[] answer(ControlRequest request, Served served)
      throws OperationException, InterruptedException {
    return switch (request) {
      case ControlRequest.Ping ping -> PingMessage.encode(ping.text());
      case ControlRequest.Sizes sizes
          when served instanceof Served.OfReceiver(Receiver receiver, _) ->
          SizeMessages.encodeResponse(receiver.sizes(sizes.filesystems()));
      case ControlRequest.ListFilesystems _, ControlRequest.Sizes _ ->
          ListMessages.encodeFilesystems(served.endpoint().listFilesystems());
      case ControlRequest.ListVersions list ->
          ListMessages.encodeVersions(served.endpoint().listVersions(list.filesystem()));
      case ControlRequest.Destroy destroy -> destroy(destroy.message(), served);
      case ControlRequest.Cursor cursor ->
          CursorMessage.encode(
              sender(served, request.method()).replicationCursor(cursor.filesystem()));
      case ControlRequest.SendDry dry -> {
        long size = sender(served, request.method()).estimate(dry.step()).orElse(0);
        yield SendMessages.encode(
            new SendMessages.Response(dry.step().resumeToken().isPresent(), size));
      }
      case ControlRequest.SendCompleted completed -> {
        if (served instanceof Served.OfSender(Sender sender)) {
          sender.sendCompleted(completed.step());
        }
        yield EMPTY;
      }
    };
  }

  private static byte[] destroy(DestroyMessages.Request destroy, Served served)
      throws OperationException, InterruptedException {
    List<DestroyResult> results =
        served.endpoint().destroySnapshots(destroy.filesystem(), destroy.snapshots());
    return DestroyMessages.encode(destroy.snapshots(), results);
  }

  private static Sender sender(Served served, ControlMethod method) throws OperationException {
    return switch (served) {
      case Served.OfSender(Sender sender) -> sender;
      case Served.OfReceiver _ ->
          throw OperationException.permanent(
              "receiver does not implement " + method.descriptor().getBareMethodName() + "()");
    };
  }
}
