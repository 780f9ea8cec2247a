package io.zrepl.rpc.control;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.ServerCall;

/** Uses its part of the client's budget until the answer is sent or the call is cancelled. */
final class BudgetedCall<A> extends SimpleForwardingServerCallListener<A> {
  private final RequestBudget.Share share;

  BudgetedCall(ServerCall.Listener<A> call, RequestBudget.Share share) {
    super(call);
    this.share = share;
  }

  /** The library would read a second request too, only to refuse it. */
  static final class OneRequest<A, B> extends SimpleForwardingServerCall<A, B> {
    private boolean asked;

    OneRequest(ServerCall<A, B> call) {
      super(call);
    }

    @Override
    public void request(int messages) {
      if (!asked) {
        asked = true;
        super.request(1);
      }
    }
  }

  @Override
  public void onMessage(A message) {
    share.arrived(message instanceof byte[] bytes ? bytes.length : RequestBudget.LARGEST);
    super.onMessage(message);
  }

  @Override
  public void onComplete() {
    share.giveBack();
    super.onComplete();
  }

  @Override
  public void onCancel() {
    share.giveBack();
    super.onCancel();
  }
}
