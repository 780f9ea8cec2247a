package io.zrepl.rpc.control;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.Served;
import io.zrepl.rpc.message.CursorMessage;
import io.zrepl.rpc.message.DestroyMessages;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.rpc.message.ListMessages;
import io.zrepl.rpc.message.PingMessage;
import io.zrepl.rpc.message.SendMessages;
import io.zrepl.rpc.message.SizeMessages;
import java.util.List;

/** From the bytes of a request to those of its answer. */
final class ControlCalls {
  private static final byte[] EMPTY = {};

  private ControlCalls() {}

  static byte[] answer(ControlMethod method, byte[] request, Served served)
      throws OperationException, InvalidMessageException, InterruptedException {
    return switch (method) {
      case PING -> PingMessage.encode(PingMessage.parse(request));
      case LIST_FILESYSTEMS -> list(request, served);
      case LIST_FILESYSTEM_VERSIONS ->
          ListMessages.encodeVersions(
              served.endpoint().listVersions(ListMessages.parseFilesystem(request)));
      case DESTROY_SNAPSHOTS -> destroy(request, served);
      case REPLICATION_CURSOR -> {
        DatasetPath filesystem = ListMessages.parseFilesystem(request);
        yield CursorMessage.encode(sender(served, method).replicationCursor(filesystem));
      }
      case SEND_DRY -> {
        var send = SendMessages.parseRequest(request);
        long size = sender(served, method).estimate(send).orElse(0);
        yield SendMessages.encode(new SendMessages.Response(send.resumeToken().isPresent(), size));
      }
      case SEND_COMPLETED -> {
        var send = SendMessages.parseCompleted(request);
        if (served instanceof Served.OfSender(Sender sender)) {
          sender.sendCompleted(send);
        }
        yield EMPTY;
      }
    };
  }

  private static byte[] list(byte[] request, Served served)
      throws OperationException, InvalidMessageException, InterruptedException {
    List<DatasetPath> sizesOf = SizeMessages.parseRequest(request);
    if (!sizesOf.isEmpty() && served instanceof Served.OfReceiver(Receiver receiver, _)) {
      return SizeMessages.encodeResponse(receiver.sizes(sizesOf));
    }
    return ListMessages.encodeFilesystems(served.endpoint().listFilesystems());
  }

  private static byte[] destroy(byte[] request, Served served)
      throws OperationException, InvalidMessageException, InterruptedException {
    DestroyMessages.Request destroy = DestroyMessages.parseRequest(request);
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
