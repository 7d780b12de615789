import { Link } from "@tanstack/react-router";
import { Sparkline } from "@ui/charts/Sparkline";
import { Skeleton, Status } from "@ui/States";
import type { ActivityView, ConnectorLine, HealthView } from "@/api/schema";
import { exactTime } from "@/app/time";
import { ConnectorIcon } from "./ConnectorIcon";
import { activityLabel, localTimes, phrase } from "./health";
import { categoryLabel, usage } from "./model";
import styles from "./Row.module.css";
import { RowActions } from "./RowActions";

interface ConnectorRowProps {
  line: ConnectorLine;
  health: HealthView | undefined;
  activity: ActivityView | undefined;
}

export function ConnectorRow({ line, health, activity }: ConnectorRowProps) {
  const used = line.last_used_at ? exactTime(new Date(line.last_used_at)) : undefined;
  return (
    <li
      className={styles.row}
      data-off={!line.enabled || undefined}
      data-unused={!line.last_used_at || undefined}
    >
      <ConnectorIcon icon={line.icon} name={line.name} />
      <div className={styles.main}>
        <div className={styles.name}>
          <Link to="/tools/connectors/$id" params={{ id: line.id }} className={styles.link}>
            {line.name}
          </Link>
          <span className={styles.category}>{categoryLabel(line.category)}</span>
        </div>
        {line.description && <p className={styles.description}>{line.description}</p>}
        <div className={styles.facts}>
          <span className={styles.usage} title={used}>
            {usage(line, new Date())}
          </span>
          {health && <Health health={health} />}
        </div>
      </div>
      <div className={styles.activity}>
        {activity && (
          <Sparkline
            label={activityLabel(activity.executions, activity.failed)}
            values={activity.executions}
            failed={activity.failed}
          />
        )}
      </div>
      <RowActions line={line} />
    </li>
  );
}

function Health({ health }: { health: HealthView }) {
  const told = phrase(health, new Date());
  if (!told) return null;
  return (
    <span className={styles.health} title={`${localTimes(health.sentence, new Date())} ${health.advice}`}>
      <Status tone={told.tone}>{told.text}</Status>
    </span>
  );
}

export function RowSkeleton() {
  return (
    <li className={styles.row}>
      <Skeleton width={36} height={36} />
      <div className={styles.main}>
        <Skeleton width={220} height={20} />
        <Skeleton width={320} height={16} />
        <Skeleton width={180} height={14} />
      </div>
    </li>
  );
}
