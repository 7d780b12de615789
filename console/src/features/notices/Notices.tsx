import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { popoverClass } from "@ui/popover";
import { Skeleton } from "@ui/States";
import type { RefObject } from "react";
import { Dialog, Heading, Popover } from "react-aria-components";
import type { NoticeView } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { useMay } from "@/features/session/queries";
import { isUnread, told } from "./model";
import styles from "./Notices.module.css";
import { noticesQuery, type Reading, useReading } from "./queries";

interface NoticesProps {
  trigger: RefObject<HTMLElement | null>;
  onClose: () => void;
}

export default function Notices({ trigger, onClose }: NoticesProps) {
  const found = useQuery(noticesQuery);
  const may = useMay();
  const reading = useReading();
  const notices = found.data?.notices ?? [];
  const [newest] = notices;
  const read = may("connectors:edit") ? reading.mutate : undefined;
  return (
    <Popover
      className={`${popoverClass} ${styles.popover}`}
      triggerRef={trigger}
      isOpen
      onOpenChange={(open) => !open && onClose()}
      placement="bottom start"
      offset={6}
    >
      <Dialog className={styles.dialog ?? ""}>
        <div className={styles.head}>
          <Heading slot="title" className={styles.title ?? ""}>
            Notices
          </Heading>
          {read && newest && (found.data?.unread ?? 0) > 0 && (
            <Button
              size="small"
              variant="quiet"
              isPending={reading.isPending}
              onPress={() => read({ until: newest.opened_at })}
            >
              Mark all as read
            </Button>
          )}
        </div>
        {found.isPending && <Skeleton height={40} />}
        {found.isError && <Refused error={found.error} onRetry={() => found.refetch()} />}
        {found.data && notices.length === 0 && (
          <p className={styles.none}>Nothing waits for you. What needs a person is told here.</p>
        )}
        <ul className={styles.list}>
          {notices.map((notice) => (
            <Line key={notice.id} notice={notice} onRead={read} onClose={onClose} />
          ))}
        </ul>
      </Dialog>
    </Popover>
  );
}

interface LineProps {
  notice: NoticeView;
  onRead: ((read: Reading) => void) | undefined;
  onClose: () => void;
}

function Line({ notice, onRead, onClose }: LineProps) {
  const { title, to } = told(notice);
  const follow = () => {
    onRead?.(notice);
    onClose();
  };
  return (
    <li className={styles.line} data-unread={isUnread(notice) || undefined}>
      {to ? (
        <Link to={to} className={styles.link} onClick={follow}>
          {title}
        </Link>
      ) : (
        <span className={styles.link}>{title}</span>
      )}
      {isUnread(notice) && <span className="visually-hidden">Unread</span>}
      <p className={styles.detail}>{notice.detail}</p>
      <p className={styles.when}>
        <Time at={notice.since} />
        {notice.closed_at && (
          <>
            {" · over "}
            <Time at={notice.closed_at} />
          </>
        )}
        {!notice.closed_at && notice.read_by && ` · read by ${notice.read_by}`}
      </p>
    </li>
  );
}
