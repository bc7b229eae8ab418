"""Everything of the first release."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Day, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table('account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('given_name', sa.Text(), nullable=False),
    sa.Column('family_name', sa.Text(), nullable=False),
    sa.Column('organisation', sa.Text(), server_default='', nullable=False),
    sa.Column('phone', sa.Text(), server_default='', nullable=False),
    sa.Column('national_id', sa.Text(), nullable=False),
    sa.Column('profession', sa.Text(), server_default='', nullable=False),
    sa.Column('password_hash', sa.Text(), server_default='', nullable=False),
    sa.Column('otp_enabled', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('disabled_at', Instant(), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('proof', sa.Text(), server_default='', nullable=False),
    sa.Column('proof_until', Instant(), nullable=True),
    sa.Column('proof_checked_at', Instant(), nullable=True),
    sa.Column('proof_status', sa.Text(), server_default='', nullable=False),
    sa.Column('last_psc_at', Instant(), nullable=True),
    sa.Column('last_login_at', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email', name=op.f('uq_account_email')),
    sa.UniqueConstraint('national_id', name=op.f('uq_account_national_id'))
    )
    op.create_table('facility',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('finess_ej', sa.Text(), server_default='', nullable=False),
    sa.Column('finess_et', sa.Text(), server_default='', nullable=False),
    sa.Column('oid', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facility')),
    sa.UniqueConstraint('name', name=op.f('uq_facility_name'))
    )
    op.create_table('failure',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_failure'))
    )
    op.create_index('ix_failure_key', 'failure', ['kind', 'key', 'at'], unique=False)
    op.create_table('job',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('priority', sa.Integer(), server_default='0', nullable=False),
    sa.Column('due', Instant(), nullable=False),
    sa.Column('created', Instant(), nullable=False),
    sa.Column('deadline', Instant(), nullable=True),
    sa.Column('lease_until', Instant(), nullable=True),
    sa.Column('holder', sa.Text(), server_default='', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('max_attempts', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), server_default='0', nullable=False),
    sa.Column('total', sa.Integer(), server_default='0', nullable=False),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.Column('result', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('ended', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job'))
    )
    op.create_index('ix_job_ready', 'job', ['state', 'priority', 'due'], unique=False)
    op.create_index('ix_job_subject', 'job', ['kind', 'subject'], unique=False)
    op.create_table('journal',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('family', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), server_default='', nullable=False),
    sa.Column('subject', sa.Text(), server_default='', nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_journal'))
    )
    op.create_index('ix_journal_family', 'journal', ['family'], unique=False)
    op.create_index('ix_journal_subject', 'journal', ['subject'], unique=False)
    op.create_table('journal_head',
    sa.Column('one', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('one', name=op.f('pk_journal_head'))
    )
    op.create_table('node',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('aet', sa.Text(), nullable=False),
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('port', sa.Integer(), nullable=False),
    sa.Column('method', sa.Text(), nullable=False),
    sa.Column('tls', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('our_aet', sa.Text(), nullable=False),
    sa.Column('charset', sa.Text(), server_default='', nullable=False),
    sa.Column('issuer', sa.Text(), server_default='', nullable=False),
    sa.Column('facility', sa.Text(), server_default='', nullable=False),
    sa.Column('pn_limit', sa.Integer(), server_default='64', nullable=False),
    sa.Column('allowed_senders', sa.Text(), server_default='', nullable=False),
    sa.Column('supports_issuer', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('required_keys_only', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('last_answer', Instant(), nullable=True),
    sa.Column('unreachable_since', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_node'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), server_default='', nullable=False),
    sa.Column('text', sa.Text(), server_default='', nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created', Instant(), nullable=False),
    sa.Column('due', Instant(), nullable=False),
    sa.Column('sent_at', Instant(), nullable=True),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox'))
    )
    op.create_index('ix_outbox_due', 'outbox', ['state', 'due'], unique=False)
    op.create_table('person',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('family_key', sa.Text(), nullable=False),
    sa.Column('birth_date', sa.Text(), server_default='', nullable=False),
    sa.Column('sex', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person'))
    )
    op.create_index('ix_person_birth', 'person', ['birth_date'], unique=False)
    op.create_index('ix_person_family', 'person', ['family_key'], unique=False)
    op.create_table('staff',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('totp_secret', sa.Text(), nullable=False),
    sa.Column('totp_step', sa.Integer(), server_default='0', nullable=False),
    sa.Column('disabled_at', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff')),
    sa.UniqueConstraint('login', name=op.f('uq_staff_login'))
    )
    op.create_table('superseded',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sop_uid', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('calling_aet', sa.Text(), server_default='', nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_superseded'))
    )
    op.create_index(op.f('ix_superseded_sop_uid'), 'superseded', ['sop_uid'], unique=False)
    op.create_table('identifier',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('authority', sa.Text(), server_default='', nullable=False),
    sa.Column('authority_oid', sa.Text(), server_default='', nullable=False),
    sa.Column('oid_type', sa.Text(), server_default='', nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default='', nullable=False),
    sa.Column('valid_from', Instant(), nullable=True),
    sa.Column('valid_to', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_identifier_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identifier')),
    sa.UniqueConstraint('value', 'authority', 'type', name=op.f('uq_identifier_value_authority_type'))
    )
    op.create_index(op.f('ix_identifier_person_id'), 'identifier', ['person_id'], unique=False)
    op.create_table('otp',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('pending_hash', sa.LargeBinary(), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('staff_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('channel', sa.Text(), server_default='', nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('sent_at', Instant(), nullable=False),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('used_at', Instant(), nullable=True),
    sa.Column('replaced_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_otp_account_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_otp_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_otp')),
    sa.UniqueConstraint('pending_hash', name=op.f('uq_otp_pending_hash'))
    )
    op.create_index(op.f('ix_otp_account_id'), 'otp', ['account_id'], unique=False)
    op.create_table('session',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('staff_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('csrf', sa.Text(), nullable=False),
    sa.Column('means', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('gesture_at', Instant(), nullable=False),
    sa.Column('until', Instant(), nullable=False),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.Column('end_cause', sa.Text(), server_default='', nullable=False),
    sa.Column('notes', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_session_account_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_session_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_session_token_hash'))
    )
    op.create_index(op.f('ix_session_account_id'), 'session', ['account_id'], unique=False)
    op.create_table('share',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('lookup', sa.LargeBinary(), nullable=False),
    sa.Column('cipher', sa.LargeBinary(), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('facility', sa.Text(), server_default='', nullable=False),
    sa.Column('issued_by', sa.Text(), nullable=False),
    sa.Column('issued_at', Instant(), nullable=False),
    sa.Column('not_before', Instant(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.Column('blocked_at', Instant(), nullable=True),
    sa.Column('blocked_cause', sa.Text(), server_default='', nullable=False),
    sa.Column('revoked_at', Instant(), nullable=True),
    sa.Column('revoked_by', sa.Text(), server_default='', nullable=False),
    sa.Column('revoked_cause', sa.Text(), server_default='', nullable=False),
    sa.Column('comment', sa.Text(), server_default='', nullable=False),
    sa.Column('max_redeemers', sa.Integer(), nullable=False),
    sa.Column('downloads', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_share_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_share')),
    sa.UniqueConstraint('lookup', name=op.f('uq_share_lookup'))
    )
    op.create_index('ix_share_issued', 'share', ['issued_at'], unique=False)
    op.create_index(op.f('ix_share_person_id'), 'share', ['person_id'], unique=False)
    op.create_table('study',
    sa.Column('uid', sa.Text(), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('patient_id', sa.Text(), nullable=False),
    sa.Column('issuer', sa.Text(), server_default='', nullable=False),
    sa.Column('patient_name', sa.Text(), nullable=False),
    sa.Column('birth_date', sa.Text(), server_default='', nullable=False),
    sa.Column('sex', sa.Text(), server_default='', nullable=False),
    sa.Column('date', Day(), nullable=True),
    sa.Column('time', sa.Text(), server_default='', nullable=False),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('modalities', sa.Text(), server_default='', nullable=False),
    sa.Column('accession', sa.Text(), server_default='', nullable=False),
    sa.Column('accession_issuer', sa.Text(), server_default='', nullable=False),
    sa.Column('facility', sa.Text(), server_default='', nullable=False),
    sa.Column('node', sa.Text(), server_default='', nullable=False),
    sa.Column('expected', sa.Integer(), nullable=True),
    sa.Column('complete', sa.Boolean(), nullable=True),
    sa.Column('requested_at', Instant(), nullable=True),
    sa.Column('unreachable_since', Instant(), nullable=True),
    sa.Column('withdrawn_at', Instant(), nullable=True),
    sa.Column('identity_alarm', sa.Text(), server_default='', nullable=False),
    sa.Column('arrived_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_study_person_id')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_study'))
    )
    op.create_index(op.f('ix_study_person_id'), 'study', ['person_id'], unique=False)
    op.create_table('document',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unique_id', sa.Text(), nullable=False),
    sa.Column('set_id', sa.Text(), server_default='', nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('relation', sa.Text(), server_default='', nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('author', sa.Text(), server_default='', nullable=False),
    sa.Column('author_facility', sa.Text(), server_default='', nullable=False),
    sa.Column('mime', sa.Text(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('key', sa.Text(), server_default='', nullable=False),
    sa.Column('study_uid', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['study_uid'], ['study.uid'], name=op.f('fk_document_study_uid')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document')),
    sa.UniqueConstraint('unique_id', name=op.f('uq_document_unique_id'))
    )
    op.create_index(op.f('ix_document_study_uid'), 'document', ['study_uid'], unique=False)
    op.create_table('redemption',
    sa.Column('share_id', sa.Text(), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_redemption_account_id')),
    sa.ForeignKeyConstraint(['share_id'], ['share.id'], name=op.f('fk_redemption_share_id')),
    sa.PrimaryKeyConstraint('share_id', 'account_id', name=op.f('pk_redemption'))
    )
    op.create_index('ix_redemption_account', 'redemption', ['account_id'], unique=False)
    op.create_table('series',
    sa.Column('uid', sa.Text(), nullable=False),
    sa.Column('study_uid', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('modality', sa.Text(), server_default='', nullable=False),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('body_part', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['study_uid'], ['study.uid'], name=op.f('fk_series_study_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_series'))
    )
    op.create_index(op.f('ix_series_study_uid'), 'series', ['study_uid'], unique=False)
    op.create_table('session_view',
    sa.Column('session_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('study_uid', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_session_view_session_id')),
    sa.PrimaryKeyConstraint('session_id', 'study_uid', name=op.f('pk_session_view'))
    )
    op.create_table('share_study',
    sa.Column('share_id', sa.Text(), nullable=False),
    sa.Column('study_uid', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['share_id'], ['share.id'], name=op.f('fk_share_study_share_id')),
    sa.ForeignKeyConstraint(['study_uid'], ['study.uid'], name=op.f('fk_share_study_study_uid')),
    sa.PrimaryKeyConstraint('share_id', 'study_uid', name=op.f('pk_share_study'))
    )
    op.create_table('share_trait',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('share_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('truncated', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['share_id'], ['share.id'], name=op.f('fk_share_trait_share_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_share_trait'))
    )
    op.create_index(op.f('ix_share_trait_share_id'), 'share_trait', ['share_id'], unique=False)
    op.create_table('study_grant',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('study_uid', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('share_id', sa.Text(), nullable=True),
    sa.Column('rights', sa.Text(), server_default='', nullable=False),
    sa.Column('valid_from', Instant(), nullable=False),
    sa.Column('valid_to', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_study_grant_account_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_study_grant_person_id')),
    sa.ForeignKeyConstraint(['share_id'], ['share.id'], name=op.f('fk_study_grant_share_id')),
    sa.ForeignKeyConstraint(['study_uid'], ['study.uid'], name=op.f('fk_study_grant_study_uid')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_study_grant')),
    sa.UniqueConstraint('account_id', 'study_uid', 'share_id', name=op.f('uq_study_grant_account_id_study_uid_share_id'))
    )
    op.create_index('ix_study_grant_study', 'study_grant', ['study_uid'], unique=False)
    op.create_table('instance',
    sa.Column('sop_uid', sa.Text(), nullable=False),
    sa.Column('sop_class', sa.Text(), nullable=False),
    sa.Column('transfer_syntax', sa.Text(), nullable=False),
    sa.Column('series_uid', sa.Text(), nullable=False),
    sa.Column('study_uid', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('pixels_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('frames', sa.Integer(), server_default='1', nullable=False),
    sa.Column('rows', sa.Integer(), server_default='0', nullable=False),
    sa.Column('columns', sa.Integer(), server_default='0', nullable=False),
    sa.Column('frames_key', sa.Text(), server_default='', nullable=False),
    sa.Column('frame_offsets', sa.LargeBinary(), server_default='', nullable=False),
    sa.Column('native_key', sa.Text(), server_default='', nullable=False),
    sa.Column('native_frame_bytes', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('received_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['series_uid'], ['series.uid'], name=op.f('fk_instance_series_uid')),
    sa.ForeignKeyConstraint(['study_uid'], ['study.uid'], name=op.f('fk_instance_study_uid')),
    sa.PrimaryKeyConstraint('sop_uid', name=op.f('pk_instance'))
    )
    op.create_index('ix_instance_key', 'instance', ['key'], unique=False)
    op.create_index(op.f('ix_instance_series_uid'), 'instance', ['series_uid'], unique=False)
    op.create_index('ix_instance_state', 'instance', ['state'], unique=False)
    op.create_index(op.f('ix_instance_study_uid'), 'instance', ['study_uid'], unique=False)
